/** Tells the log about a failure that the caller need not hear of, because something else mends it later. */
export type Report = (message: string, error: unknown) => void;
