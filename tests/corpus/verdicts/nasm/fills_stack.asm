;: claim = "Recurses until memory is full."
;: verdict = "MLE"
;: memory_limit_kb = 32768
;: reason_contains = ["memory"]
        global  _start

        section .text
_start:
        push    rax
        jmp     _start
