;: claim = "Consists of two files."
;: verdict = "AC"
;: files = {"adding.asm" = "        global same\nsame:   mov rax, rdi\n        ret\n"}
        global  main
        extern  printf, same, scanf

        section .text
main:   push    rbx
        push    r12
        push    r13
        lea     rdi, [number]
        lea     rsi, [x]
        xor     eax, eax
        call    scanf
        mov     rbx, [x]
        xor     r12, r12
each:   test    rbx, rbx
        jz      done
        dec     rbx
        lea     rdi, [number]
        lea     rsi, [x]
        xor     eax, eax
        call    scanf
        add     r12, [x]
        jmp     each
done:
        mov     rdi, r12
        call    same
        mov     r12, rax
        lea     rdi, [format]
        mov     rsi, r12
        xor     eax, eax
        call    printf
        xor     eax, eax
        pop     r13
        pop     r12
        pop     rbx
        ret

        section .rodata
number: db      '%ld', 0
format: db      '%ld', 10, 0

        section .bss
x:      resq    1
