;: claim = "Is not an instruction."
;: verdict = "RTE"
;: reason_contains = ["SIGILL"]
        global  _start

        section .text
_start:
        ud2
