/** A file is dropped, hashed here, and asked about. It never leaves the computer. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Hashing, hashFile } from '../hash-file.ts';
import { goTo } from '../route.ts';
import { Store } from '../store.ts';
import { bytes, count } from '../text.ts';

/** The file that the page hashed last, so that its page can say which one it was. */
export const dropped = new Store<{ digest: string; name: string; size: number }>({
  digest: '',
  name: '',
  size: 0,
});

interface Under {
  readonly name: string;
  readonly size: number;
  readonly done: number;
  readonly since: number;
  readonly hashing: Hashing;
}

export function DropZone() {
  const [under, setUnder] = useState<Under>();
  const [error, setError] = useState('');
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);

  const take = (file: File | undefined) => {
    if (file === undefined) return;
    under?.hashing.stop();
    setError('');
    const hashing = hashFile(file, (done) => setUnder((now) => now && { ...now, done }));
    setUnder({ name: file.name, size: file.size, done: 0, since: performance.now(), hashing });
    hashing.digest.then(
      (digest) => {
        setUnder(undefined);
        dropped.set({ digest, name: file.name, size: file.size });
        goTo('asset', digest);
      },
      (failed: Error) => {
        setUnder(undefined);
        setError(`${file.name} can’t be read: ${failed.message}`);
      },
    );
  };

  useEffect(() => watchDrops(setOver, take));

  if (under !== undefined) {
    const cancel = () => {
      under.hashing.stop();
      setUnder(undefined);
    };
    return <Progress under={under} onCancel={cancel} />;
  }
  return (
    <div class={`drop ${over ? 'over' : ''}`}>
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d="M12 3v12m0 0-5-5m5 5 5-5M4 20h16" />
      </svg>
      <p class="drop-lead">
        Drop a file anywhere, or{' '}
        <button type="button" class="link" onClick={() => input.current?.click()}>
          choose one
        </button>
      </p>
      <input
        ref={input}
        id="file"
        type="file"
        class="sr-only"
        tabIndex={-1}
        aria-label="File to check"
        onChange={({ currentTarget }) => take(currentTarget.files?.[0])}
      />
      <p class="soft">
        Your file never leaves this computer; its SHA-256 digest goes to this node.
      </p>
      {error !== '' && (
        <p class="problem" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

function Progress({ under, onCancel }: { readonly under: Under; onCancel(): void }) {
  const { name, size, done, since } = under;
  const share = size === 0 ? 1 : done / size;
  const perSecond = (done / Math.max(1, performance.now() - since)) * 1000;
  const left = perSecond > 0 ? Math.ceil((size - done) / perSecond) : undefined;
  return (
    <div class="drop busy">
      <p class="drop-lead">
        Hashing <bdi>{name}</bdi>
      </p>
      <progress max={1} value={share} aria-label="Hashed so far" />
      <p class="soft">
        {bytes(done)} of {bytes(size)}
        {left !== undefined && ` · ${bytes(perSecond)}/s · ${count(left, 'second')} left`}
      </p>
      <button type="button" onClick={onCancel}>
        Cancel
      </button>
    </div>
  );
}

/** The whole page takes files. */
function watchDrops(setOver: (over: boolean) => void, take: (file?: File) => void): () => void {
  const over = (event: DragEvent) => {
    event.preventDefault();
    setOver(true);
  };
  const leave = () => setOver(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer?.files[0]);
  };
  addEventListener('dragover', over);
  addEventListener('dragleave', leave);
  addEventListener('drop', drop);
  return () => {
    removeEventListener('dragover', over);
    removeEventListener('dragleave', leave);
    removeEventListener('drop', drop);
  };
}
