/** The part of the package that is used here; it ships no types. */
declare module 'fs-native-extensions' {
  const api: {
    /** Takes the kernel's lock on an open, writable file; false when another descriptor has it. It ends with its process. */
    tryLock(fd: number): boolean;
    unlock(fd: number): void;
    /** Lets two paths change places; in one step on Linux and macOS. */
    swap(from: string, to: string): Promise<void>;
  };
  export = api;
}
