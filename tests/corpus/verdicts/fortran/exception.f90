!: claim = "Allocates what is allocated."
!: verdict = "RTE"
!: reason_contains = ["exit code 2"]
program main
    implicit none
    integer :: n
    read (*, *) n
    print *, later(n)
contains
    integer function later(n)
        integer, intent(in) :: n
        integer, allocatable :: values(:)
        allocate (values(n))
        allocate (values(n))
        later = size(values)
    end function
end program
