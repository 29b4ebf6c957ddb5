!: claim = "Including /dev/zero is refused by gfortran, as it is not a regular file, or ends at a limit."
!: status = "COMPILE_ERROR"
!: reason = ["compile_failed", "memory_limit", "cpu_time_limit", "wall_time_limit"]
program main
    include '/dev/zero'
end program
