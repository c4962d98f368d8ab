/** Questions to the kernel: `%load_ext servicelab.notebook` answers them (servicelab/notebook/front_end.py). */
import type { Kernel, KernelMessage } from '@jupyterlab/services';

type Question = Parameters<Kernel.IComm['send']>[0];

const TARGET = 'servicelab';
const conversations = new WeakMap<Kernel.IKernelConnection, { comm: Kernel.IComm; opened: Promise<unknown> }>();

/** The kernel's answer; null when it has none, because `servicelab.notebook` is not loaded or the kernel goes away. */
export async function ask<Answer>(
  kernel: Kernel.IKernelConnection | null | undefined,
  question: Question
): Promise<Answer | null> {
  if (!kernel?.handleComms || kernel.isDisposed || kernel.status === 'dead') {
    return null;
  }
  let conversation = conversations.get(kernel);
  if (!conversation || conversation.comm.isDisposed) {
    const comm = kernel.createComm(TARGET);
    conversation = { comm, opened: comm.open().done };
    conversations.set(kernel, conversation);
  }
  const { comm, opened } = conversation;
  let answer: Answer | null = null;
  try {
    await opened; // a kernel that does not know the target closes the comm at once
    const future = comm.send(question);
    future.onIOPub = message => {
      if (message.header.msg_type === 'comm_msg') {
        answer = (message as KernelMessage.ICommMsgMsg).content.data as Answer;
      }
    };
    await future.done;
  } catch {
    // closed, or the kernel was restarted or has ended meanwhile
  }
  if (answer === null) {
    comm.dispose(); // the next question begins anew
  }
  return answer;
}
