; rbx: n, r12: the index, r13: the checksum, r14: distinct residues, r15: the most frequent one
        global  main
        extern  printf, qsort, scanf

        section .text
main:   push    rbx
        lea     rdi, [number]
        lea     rsi, [n]
        xor     eax, eax
        call    scanf
        mov     rbx, [n]

        mov     eax, 1
        xor     r12, r12
fill:   imul    rax, rax, 48271
        xor     edx, edx
        mov     ecx, 2147483647
        div     rcx
        mov     rax, rdx
        mov     [values + r12 * 8], rax
        inc     r12
        cmp     r12, rbx
        jb      fill

        lea     rdi, [values]
        mov     rsi, rbx
        mov     edx, 8
        lea     rcx, [compare]
        call    qsort

        xor     r12, r12
        xor     r13, r13
        xor     r14, r14
count:  mov     rax, [values + r12 * 8]
        lea     rcx, [r12 + 1]
        imul    rax, rcx
        add     rax, r13
        xor     edx, edx
        mov     ecx, 1000000007
        div     rcx
        mov     r13, rdx
        mov     rax, [values + r12 * 8]
        xor     edx, edx
        mov     ecx, 1000
        div     rcx
        inc     dword [counts + rdx * 4]
        mov     rax, [values + r12 * 8]
        xor     edx, edx
        mov     ecx, 100000
        div     rcx
        cmp     byte [seen + rdx], 0
        jne     next
        mov     byte [seen + rdx], 1
        inc     r14
next:   inc     r12
        cmp     r12, rbx
        jb      count

        xor     r15, r15
        xor     r12, r12
most:   mov     eax, [counts + r12 * 4]
        cmp     eax, [counts + r15 * 4]
        cmova   r15, r12
        inc     r12
        cmp     r12, 1000
        jb      most

        lea     rdi, [format]
        mov     rsi, r14
        mov     rdx, r13
        mov     rcx, r15
        mov     r8d, [counts + r15 * 4]
        xor     eax, eax
        call    printf
        xor     eax, eax
        pop     rbx
        ret

compare: mov    rax, [rdi]
        sub     rax, [rsi]
        sar     rax, 32
        jnz     .done
        mov     eax, [rdi]
        cmp     eax, [rsi]
        seta    al
        movzx   eax, al
.done:  ret

        section .rodata
number: db      '%ld', 0
format: db      '%ld %ld %ld %d', 10, 0

        section .bss
n:      resq    1
values: resq    200000
counts: resd    1000
seen:   resb    100000
