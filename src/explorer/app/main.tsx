/** The explorer: reads the node that serves it, and verifies here what can be verified. */
import { type ComponentChildren, options, render, type VNode } from 'preact';
import { App } from './app.tsx';
import { startLive } from './live.ts';
import { visible } from './text.ts';
import { startTheme } from './theme.ts';

/** One place where all text passes: nothing that the ledger holds can hide or reorder text. */
const before = options.vnode;
options.vnode = (vnode) => {
  const { props } = vnode as VNode<{ children?: ComponentChildren }>;
  if (typeof props.children === 'string') props.children = visible(props.children);
  else if (Array.isArray(props.children)) {
    props.children = props.children.map((child) =>
      typeof child === 'string' ? visible(child) : child,
    );
  }
  before?.(vnode);
};

startTheme();
startLive();
render(<App />, document.getElementById('app') as HTMLElement);
