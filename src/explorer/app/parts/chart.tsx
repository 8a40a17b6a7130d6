/** A small chart of numbers over time, drawn as SVG. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { count } from '../text.ts';

export interface ChartData {
  /** Seconds since 1970 UTC, ascending. */
  readonly times: readonly number[];
  readonly values: readonly number[];
}

const HEIGHT = 150;
/** Room above, beside, and for the times below. */
const PAD = { right: 12, top: 8, bottom: 20 };
/** The widest bar stands on the first time. */
const INSET = 10;
/** A digit of a value. */
const DIGIT_PX = 6.5;
/** A time takes about so many pixels. */
const TIME_PX = 84;
const BAR_PX_MAX = 18;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** @param unit of the values, short */
export function Chart({
  data,
  label,
  unit,
  bars = false,
}: {
  readonly data: ChartData;
  readonly label: string;
  readonly unit: string;
  readonly bars?: boolean;
}) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [at, setAt] = useState<number>();
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const sizes = new ResizeObserver(() => setWidth(element.clientWidth));
    sizes.observe(element);
    return () => sizes.disconnect();
  }, []);
  const scale = scaleOf(data, width, unit);
  const points = data.times.map((time, i) => scale.point(time, data.values[i] ?? 0));
  const pointed = at === undefined ? undefined : points[at];
  const point = ({ offsetX }: PointerEvent) => setAt(nearest(points, offsetX));
  return (
    <div class="chart" ref={place} role="img" aria-label={label}>
      {width > 0 && (
        <svg
          aria-hidden="true"
          width={width}
          height={HEIGHT}
          onPointerMove={point}
          onPointerLeave={() => setAt(undefined)}
        >
          <Axes scale={scale} unit={unit} width={width} />
          {bars ? <Bars points={points} /> : <Line points={points} />}
          {pointed && <circle class="point" cx={pointed.x} cy={pointed.y} r={3.5} />}
          {pointed && at !== undefined && (
            <text class="reading" x={width - PAD.right} y={PAD.top + 8}>
              {`${clock(data.times[at] ?? 0)} · ${valueText(data.values[at] ?? 0, unit)}`}
            </text>
          )}
        </svg>
      )}
    </div>
  );
}

interface Scale {
  /** Where values end and lines begin. */
  readonly left: number;
  readonly values: readonly number[];
  readonly times: readonly number[];
  point(time: number, value: number): Point;
}

function scaleOf({ times, values }: ChartData, width: number, unit: string): Scale {
  const step = roundStep(Math.max(1, ...values) / 3);
  const top = step * Math.ceil((1.05 * Math.max(1, ...values)) / step);
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const left = 12 + DIGIT_PX * valueText(top, unit).length;
  const inner = Math.max(1, width - left - PAD.right - 2 * INSET);
  const span = Math.max(1, last - first);
  const shown = Math.max(1, Math.floor(inner / TIME_PX));
  const bottom = HEIGHT - PAD.bottom;
  return {
    left,
    values: Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step),
    times: Array.from({ length: shown }, (_, i) => first + ((i + 0.5) / shown) * span),
    point: (time, value) => ({
      x: left + INSET + ((time - first) / span) * inner,
      y: bottom - (value / top) * (bottom - PAD.top),
    }),
  };
}

/** 1, 2 or 5 times a power of ten, not below what is asked for and never a part of 1. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  return power * ([1, 2, 5].find((factor) => factor * power >= least) ?? 10);
}

function Axes({
  scale,
  unit,
  width,
}: {
  readonly scale: Scale;
  readonly unit: string;
  readonly width: number;
}) {
  const [first = 0] = scale.times;
  return (
    <>
      {scale.values.map((value) => {
        const { y } = scale.point(first, value);
        return (
          <g key={value}>
            <line x1={scale.left} x2={width - PAD.right} y1={y} y2={y} />
            <text class="value" x={scale.left - 8} y={y + 4}>
              {valueText(value, unit)}
            </text>
          </g>
        );
      })}
      {scale.times.map((time) => (
        <text key={time} class="time" x={scale.point(time, 0).x} y={HEIGHT - 4}>
          {clock(time)}
        </text>
      ))}
    </>
  );
}

function Bars({ points }: { readonly points: readonly Point[] }) {
  const [first = 0, last = 0] = [points[0]?.x, points.at(-1)?.x];
  const each = (0.8 * (last - first)) / Math.max(1, points.length);
  const wide = Math.max(2, Math.min(BAR_PX_MAX, each));
  const bottom = HEIGHT - PAD.bottom;
  return (
    <>
      {points.map(({ x, y }) => (
        <rect key={x} x={x - wide / 2} y={y} width={wide} height={bottom - y} />
      ))}
    </>
  );
}

function Line({ points }: { readonly points: readonly Point[] }) {
  const line = points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  const bottom = HEIGHT - PAD.bottom;
  const [first, last] = [points[0]?.x ?? 0, points.at(-1)?.x ?? 0];
  return (
    <>
      <polygon points={`${first},${bottom} ${line} ${last},${bottom}`} />
      <polyline points={line} />
    </>
  );
}

function valueText(value: number, unit: string): string {
  return `${count(value)}${unit}`;
}

function nearest(points: readonly Point[], x: number): number | undefined {
  const distances = points.map((point) => Math.abs(point.x - x));
  const least = distances.indexOf(Math.min(...distances));
  return least < 0 ? undefined : least;
}

/** The reader's own time of day, as 14:05:30. */
function clock(seconds: number): string {
  return new Date(seconds * 1000).toTimeString().slice(0, 8);
}
