!: claim = "Passes Unicode through."
!: verdict = "AC"
!: input = "Žižka 🦀\n"
!: output = "Hello, Žižka 🦀!\n"
program hello
    implicit none
    character(len=1000) :: line
    read (*, '(a)') line
    print '(a)', 'Hello, '//trim(line)//'!'
end program
