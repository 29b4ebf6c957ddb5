!: claim = "Computes for ever."
!: verdict = "TLE"
!: time_limit_ms = 200
!: reason_contains = ["was stopped after", "of CPU time"]
program main
    implicit none
    integer, volatile :: n
    n = 0
    do
        n = n + 1
    end do
end program
