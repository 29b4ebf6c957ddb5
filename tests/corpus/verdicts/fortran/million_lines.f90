!: claim = "Reads a million lines in the usual way, within two seconds."
!: verdict = "AC"
!: time_limit_ms = 2000
!: wall_time_limit_ms = 10000
!: lines = 1000000
program add
    use, intrinsic :: iso_fortran_env, only: int64
    implicit none
    integer(int64), allocatable :: values(:)
    integer :: n
    read (*, *) n
    allocate (values(n))
    read (*, *) values
    print '(i0)', sum(values)
end program
