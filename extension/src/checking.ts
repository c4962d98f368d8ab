/** What is checked is what is on the screen: the notebook is saved, and the kernel told its cells, before `%check` runs. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookCellExecutor, type INotebookModel, NotebookPanel, runCell } from '@jupyterlab/notebook';
import type { Widget } from '@lumino/widgets';

import { ask } from './asking';

const CHECK = /^%%?check(?=\s|$)/m;
const PATIENCE = 10_000; // milliseconds; a silent kernel must not keep cells from being run
const before = new WeakMap<INotebookModel, Promise<void>>();

type Options = INotebookCellExecutor.IRunCellOptions;

/** Save, and tell the kernel. A notebook that cannot be saved is checked all the same: JupyterLab says why it cannot. */
async function prepare({ cell, notebook, sessionContext }: Options): Promise<void> {
  let widget: Widget | null = cell;
  while (widget && !(widget instanceof NotebookPanel)) {
    widget = widget.parent;
  }
  const context = widget?.context;
  if (context?.model.dirty && context.contentsModel?.writable) {
    await context.save().catch(() => undefined);
  }
  const cells = [...notebook.cells].filter(({ type }) => type === 'code').map(({ sharedModel }) => sharedModel.getSource());
  const told = ask(sessionContext?.session?.kernel, { cells });
  await Promise.race([told, new Promise(resolve => setTimeout(resolve, PATIENCE))]);
}

// JupyterLab's own executor is not disabled (`disabledExtensions`): it stays the one wherever this is not loaded, for
// without any no notebook would open. Where it is, the later of two that provide the same counts.
const checking: JupyterFrontEndPlugin<INotebookCellExecutor> = {
  id: 'servicelab:checking',
  autoStart: true,
  provides: INotebookCellExecutor,
  activate: () => ({
    runCell: async (options: Options) => {
      const { cell, notebook } = options;
      if (cell.model.type === 'code' && CHECK.test(cell.model.sharedModel.getSource())) {
        const earlier = before.get(notebook);
        const now = (earlier ?? Promise.resolve()).then(() => prepare(options)).catch(console.warn);
        before.set(notebook, now);
        void now.then(() => before.get(notebook) === now && before.delete(notebook));
      }
      // Cells that are run together stay in order: those after a check wait for it to be prepared too.
      await before.get(notebook);
      return runCell(options);
    }
  })
};

export default checking;
