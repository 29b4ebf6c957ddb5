!: claim = "Including /etc/passwd shows the image's own, which has nothing of the host."
!: status = "COMPILE_ERROR"
!: reason = "compile_failed"
!: compile_output_excludes = ["docker"]
program main
    include '/etc/passwd'
end program
