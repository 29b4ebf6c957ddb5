!: claim = "An array that the compiler would compute ends at one of its limits."
!: status = "COMPILE_ERROR"
!: reason = ["compile_failed", "memory_limit", "cpu_time_limit"]
program main
    implicit none
    integer :: i
    integer, parameter :: values(2000000000) = [(i*i, i=1, 2000000000)]
    print *, values(7)
end program
