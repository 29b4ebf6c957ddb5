;: claim = "Is not a program."
;: verdict = "CE"
;: compile_output_contains = ["symbol `undeclared' not defined"]
        global  _start

        section .text
_start:
        mov     eax, undeclared
