;: claim = "Fills memory."
;: verdict = "MLE"
;: memory_limit_kb = 32768
;: reason_contains = ["memory"]
        global  main
        extern  malloc, memset

        section .text
main:   push    rbx
again:  mov     edi, 1 << 20
        call    malloc
        mov     rdi, rax
        mov     esi, 1
        mov     edx, 1 << 20
        call    memset
        jmp     again
