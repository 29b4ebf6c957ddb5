"""The allow-lists of compilers' options: what programs need, and nothing that reads, runs or writes elsewhere."""

import pytest

from zuko.languages.table import LANGUAGES

ALLOWED = {
    "typescript": "--strict --noImplicitAny --strictNullChecks",
    "cpp": "-O3 -Ofast -std=c++17 -std=gnu++2b -Wall -Wextra -Wno-unused -Wformat=2 -w -g -g3 -DLOCAL -DN=1e9 -UX "
    "-march=native -mavx2 -mno-sse4.2 -fwrapv -fno-exceptions -fno-strict-aliasing -ftemplate-depth=2000 -lm -pthread",
    "c": "-O0 -std=c99 -std=c11 -std=gnu18 -ansi -pedantic-errors -lm -DX=",
    "java": "-Xlint -Xlint:all,-serial -nowarn -Werror -g:none",
    "go": "-tags=a,b_1",
    "rust": "-Coverflow-checks=on -Cdebug-assertions=yes -Ctarget-cpu=native --cfg=local -Aunused -Dwarnings",
    "fortran": "-std=f2018 -std=legacy -fcheck=all -ffixed-form -ffast-math -O3 -Wall",
    "ada": "-gnat95 -gnata -gnatp -gnatwa -O0",
    "d": "-frelease -fbounds-check=off -fversion=LOCAL -O3 -w",
    "pascal": "-Mdelphi -Mobjfpc -Cro -Sh -vwn -dLOCAL -O3 -gl",
    "ocaml": "-g -unsafe -noassert",
    "vala": "--disable-assert --define=LOCAL",
    "cobol": "-std=ibm -fixed -debug -fnotrunc",
    "nasm": "-w+all -w-orphan-labels",
    "kotlin": "-nowarn -Werror -progressive",
    "haskell": "-O0 -Wall -XOverloadedStrings -DLOCAL -threaded",
    "csharp": "-unsafe -checked+ -langversion:7 -nowarn:0168 -define:LOCAL",
}
# Options that take a file, run another program or write somewhere, and words that only look like an allowed option.
REFUSED = {
    "typescript": "--outDir --outFile=x --project @x -p --init --watch --plugins --strict=x --rootDir x.ts /etc/passwd",
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
    "fortran": "-cpp -fplugin=x -I/etc -J. -Jx -fintrinsic-modules-path=/ -fopenmp -o @x -B. -specs=x -Wl,x -Wa,x "
    "-std=f9;x -fdump-parse-tree -fpre-include=/etc/passwd",
    "ada": "-gnatec=/etc/passwd -gnatep=x -gnateD=x -gnatem=x -gnateG -gnatR -gnatG -gnatt -aI/ -largs -bargs -o",
    "d": "-J/ -I/ -fplugin=x -fdoc-file=x -Xf=x -MF -fdump-d-original -o -B. -Wl,x",
    "pascal": "-Fu/ -Fi/etc -FE/ -o -omain2 -k-x -XP/x -FD/x -a -al -s -n @x -Fr/x -e/x -P -Tlinux -vx -Cs9 -Cp",
    "ocaml": "-pp -ppx -cc -ccopt -I -o -a -c -dsource -plugin -where -open -args -impl -output-obj -linkall",
    "vala": "--pkg=x --cc=x --vapidir=/ -X -H -C -b/ --directory=/ --gresources=x --use-header --save-temps "
    "--nostdpkg --run-args=x",
    "cobol": "-I/etc -L/ -lx -Q -A -B -o -C -S -E -t/x -conf=/etc/passwd -P -T/x -Xref -j -std=/x -std=../x -K -ext=x",
    "kotlin": "-Xplugin=x -P -cp -classpath -d -script -jdk-home -kotlin-home -Xfriend-paths=x @x "
    "-Xcompiler-plugin=x -J-Xmx9g",
    "haskell": "-fplugin=X -F -pgmF -pgmc -optc-x -optl-x -opta -package=x -package-db=x -i/ -I/ -L/ -lx -o -odir -c "
    "-S -E -ddump-simpl -with-rtsopts=x -dynload=x -main-is=x -e -B/ @x -keep-tmp-files -tmpdir=/",
    "csharp": "-r:/etc/x.dll -lib:/ -pkg:x -recurse:x -resource:/etc/passwd -linkres:x -keyfile:x -out:x "
    "-target:library -addmodule:x -doc:x @x -warnaserror:x;y -win32icon:x -sdk:x -main:X",
    "nasm": "-f -o -l -I/etc -P/etc/passwd -p -d -u -E -M -MD -Z/x -@x -O0 -w",
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


def test_every_list_is_tested() -> None:
    lists = {each.compiler.options: each.name for each in LANGUAGES.values() if each.compiler and each.compiler.options}
    tested = {compiler.options for name in ALLOWED if (compiler := LANGUAGES[name].compiler)}
    assert [name for options, name in lists.items() if options not in tested] == []
