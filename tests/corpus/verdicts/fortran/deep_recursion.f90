!: claim = "Recurses a million calls deep."
!: verdict = "AC"
!: memory_limit_kb = 131072
program add
    implicit none
    integer :: n
    integer, allocatable :: values(:)
    read (*, *) n
    allocate (values(n))
    read (*, *) values
    print '(i0)', sum(values) + deep(1000000)
contains
    recursive integer function deep(n) result(r)
        integer, intent(in) :: n
        integer, volatile :: data
        data = n
        r = 0
        if (n > 0) r = deep(n - 1) + data - n
    end function
end program
