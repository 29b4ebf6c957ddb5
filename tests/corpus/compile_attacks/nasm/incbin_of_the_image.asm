;: claim = "A file of the image can be embedded, and is the image's own."
;: status = "OK"
;: stdout_contains = ["nobody", "runner"]
;: stdout_excludes = ["docker"]
        global  _start
        section .text
_start: mov     eax, 1
        mov     edi, 1
        lea     rsi, [users]
        mov     edx, users.end - users
        syscall
        mov     eax, 60
        xor     edi, edi
        syscall
        section .rodata
users:  incbin  "/etc/passwd"
.end:
