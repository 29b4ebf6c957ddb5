!: claim = "Aborts."
!: verdict = "RTE"
!: reason_contains = ["SIGABRT"]
program main
    implicit none
    call abort()
end program
