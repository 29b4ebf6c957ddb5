;: claim = "Prints for ever."
;: verdict = "OLE"
;: output_limit_kb = 64
;: reason_contains = ["more than 65536 bytes to stdout"]
        global  _start

        section .text
_start:
        mov     eax, 1                  ; write
        mov     edi, 1
        lea     rsi, [text]
        mov     edx, 71
        syscall
        jmp     _start

        section .rodata
text:   times 70 db 'x'
        db      10
