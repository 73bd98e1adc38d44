// What Studio uses of wavesurfer.js, for the type checker.
export interface WaveSurferOptions {
  container: HTMLElement;
  height: number;
  media: HTMLMediaElement;
  waveColor: string;
  progressColor: string;
  cursorColor: string;
  cursorWidth?: number;
  minPxPerSec?: number;
  autoScroll?: boolean;
  autoCenter?: boolean;
  hideScrollbar?: boolean;
}

export default class WaveSurfer {
  static create(options: WaveSurferOptions): WaveSurfer;
  getWrapper(): HTMLElement;
  load(url: string, peaks: Float32Array[], duration: number): Promise<void>;
  on(event: "interaction", listener: (seconds: number) => void): () => void;
  setOptions(options: Partial<WaveSurferOptions>): void;
  setScrollTime(seconds: number): void;
  zoom(pixelsPerSecond: number): void;
  destroy(): void;
}
