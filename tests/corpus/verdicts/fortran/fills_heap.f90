!: claim = "Fills memory."
!: verdict = "MLE"
!: memory_limit_kb = 32768
!: reason_contains = ["memory"]
program main
    implicit none
    type block
        integer, allocatable :: values(:)
    end type
    type(block) :: blocks(1024)
    integer :: i
    do i = 1, 1024
        allocate (blocks(i)%values(262144))
        blocks(i)%values = i
    end do
    print *, sum([(blocks(i)%values(i), i=1, 1024)])
end program
