/** A small chart of numbers over time. */
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';

export interface ChartData {
  /** Seconds since 1970 UTC, ascending. */
  readonly times: readonly number[];
  readonly values: readonly number[];
}

const HEIGHT_PX = 150;
/** Small print: a line below the chart, the widest value beside it, half a time past its end. */
const AXIS_PX = { below: 26, beside: 52, past: 26 } as const;
/** Steps of whole numbers: there is no half transaction, and no finality of half a millisecond. */
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 60_000];

/** @param text of a value, short; the same function each time */
export function Chart({
  data,
  label,
  text,
  bars = false,
}: {
  readonly data: ChartData;
  readonly label: string;
  readonly text: (value: number) => string;
  readonly bars?: boolean;
}) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    let ended = false;
    const sizes = new ResizeObserver(() => {
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT_PX });
    });
    // Charts are no part of the first paint.
    void import('uplot').then(({ default: UPlot }) => {
      if (ended) return;
      const options = chartOptions(UPlot, element, text, bars);
      plot.current = new UPlot(options, aligned(latest.current), element);
      sizes.observe(element);
    });
    return () => {
      ended = true;
      sizes.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [text, bars]);
  useEffect(() => plot.current?.setData(aligned(data)), [data]);
  return <div class="chart" ref={place} role="img" aria-label={label} />;
}

function aligned({ times, values }: ChartData): uPlot.AlignedData {
  return [[...times], [...values]];
}

/** The reader's own time of day, as 14:05:30. */
function clock(seconds: number): string {
  return new Date(seconds * 1000).toTimeString().slice(0, 8);
}

function chartOptions(
  UPlot: typeof uPlot,
  element: HTMLElement,
  text: (value: number) => string,
  bars: boolean,
): uPlot.Options {
  // Canvases know no custom properties: the colours are read when they are painted.
  const colour = (name: string) => () => getComputedStyle(element).getPropertyValue(name);
  const axis = {
    stroke: colour('--soft-solid'),
    grid: { stroke: colour('--line-solid'), width: 1 },
  };
  const paths = bars ? UPlot.paths.bars?.({ size: [0.8, 18, 3] }) : UPlot.paths.linear?.();
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    padding: [8, AXIS_PX.past, 0, 0],
    legend: { show: false },
    cursor: { points: { size: 6 }, drag: { x: false, y: false } },
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.15)] } },
    axes: [
      {
        ...axis,
        ticks: { show: false },
        font: '11px system-ui',
        size: AXIS_PX.below,
        space: 80,
        values: (_plot, splits) => splits.map(clock),
      },
      {
        ...axis,
        ticks: { show: false },
        font: '11px system-ui',
        size: AXIS_PX.beside,
        space: 30,
        incrs: STEPS,
        values: (_plot, splits) => splits.map((value) => text(value)),
      },
    ],
    series: [
      {},
      {
        stroke: colour('--accent-solid'),
        fill: colour('--accent-wash'),
        width: 1.75,
        points: { show: false },
        ...(paths && { paths }),
      },
    ],
  };
}
