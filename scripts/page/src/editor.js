// The editor of the page: CodeMirror with the modes of our languages.
//
// It stands in a shadow root, because style-mod then uses constructed style sheets, which the page's policy
// (style-src 'self') lets through; elsewhere it would add <style> elements, which it does not.

import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { StreamLanguage, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

const colour = (name) => ({ color: `var(--code-${name})` });
const THEME = EditorView.theme({
  "&": { height: "100%", fontSize: "14px", color: "var(--ink)", backgroundColor: "var(--field)" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5", overflow: "auto" },
  ".cm-content": { caretColor: "var(--ink)", padding: "8px 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--field)", color: "var(--soft)", border: "none" },
  ".cm-activeLine": { backgroundColor: "var(--line-now)" },
  "& ::selection": { backgroundColor: "var(--selection)" },
  ".cm-matchingBracket": { backgroundColor: "var(--selection)" },
  ".tok-keyword, .tok-operatorKeyword": colour("keyword"),
  ".tok-string, .tok-string2": colour("string"),
  ".tok-comment": { ...colour("comment"), fontStyle: "italic" },
  ".tok-number, .tok-bool, .tok-atom, .tok-literal": colour("number"),
  ".tok-typeName, .tok-className, .tok-namespace": colour("type"),
  ".tok-meta, .tok-macroName": colour("meta"),
});

/**
 * Make an editor in an element.
 *
 * @param {HTMLElement} host - an empty element with a height
 * @param {{label: string, onRun: () => void}} options - label: read by screen readers
 */
export function createEditor(host, { label, onRun }) {
  const root = host.attachShadow({ mode: "open" });
  const language = new Compartment();
  let chosen = "";
  const run = {
    key: "Mod-Enter",
    preventDefault: true,
    run: () => {
      onRun();
      return true;
    },
  };
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      extensions: [
        keymap.of([run]),
        lineNumbers(),
        history(),
        highlightActiveLine(),
        indentOnInput(),
        indentUnit.of("    "),
        bracketMatching(),
        closeBrackets(),
        syntaxHighlighting(classHighlighter),
        language.of([]),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, indentWithTab]),
        THEME,
        EditorView.contentAttributes.of({ "aria-label": label, "aria-describedby": "editor-keys" }),
      ],
    }),
  });
  return {
    get text() {
      return view.state.doc.toString();
    },
    set text(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    /** Colour the text as a language of this family. */
    async setLanguage(family) {
      chosen = family;
      const { MODES } = await import("./modes.js");
      const mode = MODES[family];
      if (chosen !== family) return; // another one was chosen meanwhile
      view.dispatch({ effects: language.reconfigure(mode ? StreamLanguage.define(mode) : []) });
    },
    focus: () => view.focus(),
  };
}
