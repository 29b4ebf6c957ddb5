!: claim = "Prints for ever."
!: verdict = "OLE"
!: output_limit_kb = 64
!: reason_contains = ["more than 65536 bytes to stdout"]
program main
    implicit none
    do
        print '(a)', repeat('x', 70)
    end do
end program
