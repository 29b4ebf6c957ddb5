;: claim = "Passes Unicode through."
;: verdict = "AC"
;: input = "Žižka 🦀\n"
;: output = "Hello, Žižka 🦀!\n"
        global  main
        extern  printf, fgets, stdin, strcspn

        section .text
main:   sub     rsp, 8
        lea     rdi, [line]
        mov     esi, 1000
        mov     rdx, [stdin]
        call    fgets
        lea     rdi, [line]
        lea     rsi, [newline]
        call    strcspn
        mov     byte [line + rax], 0
        lea     rdi, [format]
        lea     rsi, [line]
        xor     eax, eax
        call    printf
        xor     eax, eax
        add     rsp, 8
        ret

        section .rodata
newline: db     10, 0
format: db      'Hello, %s!', 10, 0

        section .bss
line:   resb    1000
