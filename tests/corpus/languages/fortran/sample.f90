module sorting
    use, intrinsic :: iso_fortran_env, only: int64
    implicit none
contains
    recursive subroutine sort(values, first, last)
        integer(int64), intent(inout) :: values(:)
        integer, intent(in) :: first, last
        integer(int64) :: pivot, held
        integer :: i, j
        i = first
        j = last
        pivot = values((first + last)/2)
        do
            do while (values(i) < pivot)
                i = i + 1
            end do
            do while (values(j) > pivot)
                j = j - 1
            end do
            if (i <= j) then
                held = values(i)
                values(i) = values(j)
                values(j) = held
                i = i + 1
                j = j - 1
            end if
            if (i > j) exit
        end do
        if (first < j) call sort(values, first, j)
        if (i < last) call sort(values, i, last)
    end subroutine
end module

program sample
    use sorting
    implicit none
    integer(int64), allocatable :: values(:)
    integer(int64) :: checksum
    integer :: n, at, counts(0:999), mode
    logical :: seen(0:99999)
    read (*, *) n
    allocate (values(n))
    checksum = 1
    do at = 1, n
        checksum = mod(checksum*48271_int64, 2147483647_int64)
        values(at) = checksum
    end do
    call sort(values, 1, n)
    checksum = 0
    counts = 0
    seen = .false.
    do at = 1, n
        checksum = mod(checksum + at*values(at), 1000000007_int64)
        seen(mod(values(at), 100000_int64)) = .true.
        counts(mod(values(at), 1000_int64)) = counts(mod(values(at), 1000_int64)) + 1
    end do
    mode = maxloc(counts, dim=1) - 1
    print '(4(i0, :, " "))', count(seen), checksum, mode, counts(mode)
end program
