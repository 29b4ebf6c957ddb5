!: claim = "Consists of two files."
!: verdict = "AC"
!: files = {"adding.f90" = "module adding\ncontains\n integer function total(values)\n  integer, intent(in) :: values(:)\n  total = sum(values)\n end function\nend module\n"}
program main
    use adding
    implicit none
    integer :: n
    integer, allocatable :: values(:)
    read (*, *) n
    allocate (values(n))
    read (*, *) values
    print '(i0)', total(values)
end program
