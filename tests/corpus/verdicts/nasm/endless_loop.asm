;: claim = "Computes for ever."
;: verdict = "TLE"
;: time_limit_ms = 200
;: reason_contains = ["was stopped after", "of CPU time"]
        global  _start

        section .text
_start:
        jmp     _start
