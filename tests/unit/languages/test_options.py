"""The allow-lists of compilers' options: what programs need, and nothing that reads, runs or writes elsewhere."""

import pytest

from zuko.languages.table import LANGUAGES

ALLOWED = {
    "cpp": "-O3 -Ofast -std=c++17 -std=gnu++2b -Wall -Wextra -Wno-unused -Wformat=2 -w -g -g3 -DLOCAL -DN=1e9 -UX "
    "-march=native -mavx2 -mno-sse4.2 -fwrapv -fno-exceptions -fno-strict-aliasing -ftemplate-depth=2000 -lm -pthread",
    "c": "-O0 -std=c99 -std=c11 -std=gnu18 -ansi -pedantic-errors -lm -DX=",
    "java": "-Xlint -Xlint:all,-serial -nowarn -Werror -g:none",
    "go": "-tags=a,b_1",
    "rust": "-Coverflow-checks=on -Cdebug-assertions=yes -Ctarget-cpu=native --cfg=local -Aunused -Dwarnings",
}
# Options that take a file, run another program or write somewhere, and words that only look like an allowed option.
REFUSED = {
    "cpp": "-o -ox @/etc/passwd -fplugin=x.so -fplugin-arg-x=1 -wrapper -Wl,-z -Wp,-MD,x -Wa,-a -Xlinker -I/etc -I. "
    "-include -imacros -isystem -iquote -B. -specs=x -x -xc -L/ -lcrypt -T -dumpdir -save-temps -MD -MF -E -S -c -### "
    "-D -DX=$(id) -DX=a,b -DX='1' -O4 -O -O2x -std=c11 -std=c++17;id main.cpp / ../x -fsanitize=address -static-pie "
    "-fdump-tree-all -fprofile-generate -fopenmp -flto -march=x,y -Wl -fno- -- - = ",
    "c": "-std=c++17 -fno-exceptions -frtti",
    "java": "-J-Xmx9g -cp -classpath -d -s -h -processor -processorpath -Xplugin:x -proc:full @x --add-modules=x "
    "-sourcepath --release=8 -A -Akey=1 --release -Xlint:x;y -bootclasspath -Xpkginfo:always",
    "go": "-toolexec=x -exec -o -ldflags=-x -gcflags=-S -asmflags=x -compiler=gccgo -mod=mod -overlay=x -work -tags= "
    "-tags=a;b -modfile=x -pkgdir=x -buildmode=plugin",
    "rust": "-Clinker=x -Clink-arg=x -Clink-args=x -C -Zunstable -L. -lx --extern=x -o --emit=asm --out-dir=x @x "
    "--crate-type=lib -Cincremental=x -Cprofile-use=x -Csave-temps --cfg=a=b --sysroot=x -Dx;y",
}


@pytest.mark.parametrize("name", ALLOWED)
def test_lists(name: str) -> None:
    compiler = LANGUAGES[name].compiler
    assert compiler
    matched = {word: any(each.matches(word) for each in compiler.options) for word in ALLOWED[name].split(" ")}
    assert [word for word, is_allowed in matched.items() if not is_allowed] == []
    refused = [word for word in REFUSED[name].split(" ") if any(each.matches(word) for each in compiler.options)]
    assert [word for word in refused if word != "-Wl"] == []  # without a comma it is a warning that does not exist
    for word in ALLOWED[name].split(" "):
        for more in ("\n", " -o", "\0", "é", ",x"):
            if more != ",x" or not word.startswith(("-Xlint", "-tags")):
                assert not any(each.matches(word + more) for each in compiler.options), word + more


def test_every_compiler_has_a_list() -> None:
    assert all(each.compiler.options for each in LANGUAGES.values() if each.compiler)
