;: claim = "Prints the right answer, and ends with an exit code that is not 0."
;: verdict = "RTE"
;: reason_contains = ["exit code 3"]
        global  main
        extern  printf, scanf

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
        lea     rdi, [format]
        mov     rsi, r12
        xor     eax, eax
        call    printf
        mov     eax, 3
        pop     r13
        pop     r12
        pop     rbx
        ret

        section .rodata
number: db      '%ld', 0
format: db      '%ld', 10, 0

        section .bss
x:      resq    1
