!: claim = "Recurses until memory is full."
!: verdict = "MLE"
!: memory_limit_kb = 32768
!: reason_contains = ["memory"]
program main
    implicit none
    print *, deep(262144)
contains
    recursive integer function deep(n) result(r)
        integer, intent(in) :: n
        integer, volatile :: data(1024)
        data(1) = n
        r = 0
        if (n > 0) r = deep(n - 1) + data(1)
    end function
end program
