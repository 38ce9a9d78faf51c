import type { EventRecorder, EventSubject } from '../../machinery/event-recorder.js';

/** Keeps events instead of sending them. */
export class RecordedEvents implements EventRecorder {
  readonly texts: string[] = [];

  record(_subject: EventSubject, type: string, reason: string, message: string): void {
    this.texts.push(`${type} ${reason}: ${message}`);
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}
