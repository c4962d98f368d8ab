/** Cells of YAML: their colours, and their problems underlined in the words of the kernel. */
import { type Diagnostic, forceLinting, linter } from '@codemirror/lint';
import { StateEffect } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { CodeEditor } from '@jupyterlab/codeeditor';
import { type CodeMirrorEditor, EditorExtensionRegistry, IEditorExtensionRegistry } from '@jupyterlab/codemirror';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';

import { ask } from './asking';

const MAGIC = /^(?:[^\S\n]*\n)*%%(?:manifest|answer)(?=\s|$)/;
const YAML = 'text/x-yaml';
const PAUSE = 400; // milliseconds without typing before the kernel is asked
const askAgain = StateEffect.define<null>();

interface IMark {
  start: number;
  end: number;
  text: string;
  severity: Diagnostic['severity'];
}

/** Show a cell as YAML as long as it begins with a magic that YAML follows. */
function colour(model: CodeEditor.IModel): void {
  let otherwise = model.mimeType;
  const choose = (): void => {
    if (MAGIC.test(model.sharedModel.getSource())) {
      otherwise = model.mimeType === YAML ? otherwise : model.mimeType;
      model.mimeType = YAML;
    } else if (model.mimeType === YAML) {
      model.mimeType = otherwise;
    }
  };
  model.sharedModel.changed.connect(choose);
  model.mimeTypeChanged.connect(choose);
  choose();
}

/** What to underline in a cell's editor. */
async function problems(tracker: INotebookTracker, model: CodeEditor.IModel, view: EditorView): Promise<Diagnostic[]> {
  const cell = view.state.doc.toString();
  if (!MAGIC.test(cell)) {
    return [];
  }
  const panel = tracker.find(panel => panel.content.widgets.some(widget => widget.model === model));
  const answer = await ask<{ marks: IMark[] }>(panel?.sessionContext.session?.kernel, { cell });
  return (answer?.marks ?? []).map(({ start, end, text, severity }) => ({
    from: start,
    to: end,
    message: text,
    severity
  }));
}

const manifests: JupyterFrontEndPlugin<void> = {
  id: 'servicelab:manifests',
  autoStart: true,
  requires: [IEditorExtensionRegistry, INotebookTracker],
  activate: (_, editors: IEditorExtensionRegistry, tracker: INotebookTracker) => {
    editors.addExtension({
      name: 'servicelab:manifests',
      factory: ({ model }) => {
        if (!('type' in model) || model.type !== 'code') {
          return null; // no cell that runs
        }
        colour(model);
        const needsRefresh = (update: { transactions: readonly { effects: readonly StateEffect<unknown>[] }[] }) =>
          update.transactions.some(change => change.effects.some(effect => effect.is(askAgain)));
        return EditorExtensionRegistry.createImmutableExtension(
          linter(view => problems(tracker, model, view), { delay: PAUSE, needsRefresh })
        );
      }
    });
    // What a run changes: the kernel may have learnt to answer, and the cluster may have refused a manifest.
    NotebookActions.executed.connect((_, { notebook }) => {
      for (const cell of notebook.widgets) {
        const view = (cell.editor as CodeMirrorEditor | null)?.editor;
        if (view && MAGIC.test(view.state.doc.toString())) {
          view.dispatch({ effects: askAgain.of(null) });
          forceLinting(view);
        }
      }
    });
  }
};

export default manifests;
