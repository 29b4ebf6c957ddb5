!: claim = "Is one off."
!: verdict = "WA"
!: reason_contains = ["differs"]
program add
    use, intrinsic :: iso_fortran_env, only: int64
    implicit none
    integer(int64), allocatable :: values(:)
    integer :: n
    read (*, *) n
    allocate (values(n))
    read (*, *) values
    print '(i0)', sum(values) + 1
end program
