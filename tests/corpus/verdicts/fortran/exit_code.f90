!: claim = "Prints the right answer, and ends with an exit code that is not 0."
!: verdict = "RTE"
!: reason_contains = ["exit code 3"]
program add
    use, intrinsic :: iso_fortran_env, only: int64
    implicit none
    integer(int64), allocatable :: values(:)
    integer :: n
    read (*, *) n
    allocate (values(n))
    read (*, *) values
    print '(i0)', sum(values)
    stop 3
end program
