// How the editor colours a language: CodeMirror's stream parsers, a third of the size of its full ones. A bundle of its
// own, which is loaded when the editor is there.

import { c, cpp, csharp, java, kotlin } from "@codemirror/legacy-modes/mode/clike";
import { clojure } from "@codemirror/legacy-modes/mode/clojure";
import { cobol } from "@codemirror/legacy-modes/mode/cobol";
import { commonLisp } from "@codemirror/legacy-modes/mode/commonlisp";
import { d } from "@codemirror/legacy-modes/mode/d";
import { erlang } from "@codemirror/legacy-modes/mode/erlang";
import { fortran } from "@codemirror/legacy-modes/mode/fortran";
import { gas } from "@codemirror/legacy-modes/mode/gas";
import { go } from "@codemirror/legacy-modes/mode/go";
import { haskell } from "@codemirror/legacy-modes/mode/haskell";
import { javascript, typescript } from "@codemirror/legacy-modes/mode/javascript";
import { lua } from "@codemirror/legacy-modes/mode/lua";
import { oCaml } from "@codemirror/legacy-modes/mode/mllike";
import { pascal } from "@codemirror/legacy-modes/mode/pascal";
import { perl } from "@codemirror/legacy-modes/mode/perl";
import { python } from "@codemirror/legacy-modes/mode/python";
import { r } from "@codemirror/legacy-modes/mode/r";
import { ruby } from "@codemirror/legacy-modes/mode/ruby";
import { rust } from "@codemirror/legacy-modes/mode/rust";
import { scheme } from "@codemirror/legacy-modes/mode/scheme";
import { shell } from "@codemirror/legacy-modes/mode/shell";
import { sqlite } from "@codemirror/legacy-modes/mode/sql";
import { tcl } from "@codemirror/legacy-modes/mode/tcl";


/** By the family of the language. */
export const MODES = {
  bash: shell,
  c,
  clojure,
  cobol,
  cpp,
  cpp17: cpp,
  cpp23: cpp,
  csharp,
  d,
  elixir: ruby,
  erlang,
  fortran,
  go,
  haskell,
  java,
  javascript,
  kotlin,
  lisp: commonLisp,
  lua,
  nasm: gas,
  ocaml: oCaml,
  pascal,
  perl,
  pypy: python,
  python,
  "python-data": python,
  r,
  ruby,
  rust,
  scheme,
  sqlite,
  tcl,
  typescript,
  vala: csharp,
};
