!: claim = "Is not a program."
!: verdict = "CE"
!: compile_output_contains = ["has no IMPLICIT type"]
program main
    implicit none
    print *, undeclared
end program
