import type { TaskState } from '../unknowns.ts';

/** A backup or restore, as the site remembers it. */
export interface Task {
  id: number;
  type: 'EXPORT' | 'IMPORT';
  user: string;
  userId: string;
  contentType: 'SYSTEM' | 'PROJECT';
  started: string;
  finished?: string;
  state: TaskState;
  result: string;
  packageName?: string;
  packagePath?: string;
  resourceName?: string;
  importMode?: ImportMode;
  projectsImportMode?: ImportMode;
  pauseNotifications?: boolean;
  disableProjectItems?: boolean;
  excludeSensitiveInfo?: boolean;
  projectNames?: string[];
  successTopic?: string;
  failureTopic?: string;
}

export type ImportMode = 'INSERT' | 'UPDATE';

export interface TaskLogLine {
  time: string;
  status: 'INFORM' | 'WARN' | 'ERROR';
  code: number;
  message: string;
}

/** Writes one line into the log of a task. */
export type TaskLog = (status: TaskLogLine['status'], code: number, message: string) => void;

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A time as FME logs write it in the server's time zone: `Wed-09-Nov-2022 09:59:22.279 PM`. */
export function logTime(time: Date, zone: string, milliseconds: boolean): string {
  const sign = zone.startsWith('-') ? -1 : 1;
  const offset = sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3, 5)));
  const local = new Date(time.getTime() + offset * 60_000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = local.getUTCHours();
  const date = `${DAYS[local.getUTCDay()]}-${two(local.getUTCDate())}-${MONTHS[local.getUTCMonth()]}-${local.getUTCFullYear()}`;
  const clock = `${two(hours % 12 === 0 ? 12 : hours % 12)}:${two(local.getUTCMinutes())}:${two(local.getUTCSeconds())}`;
  const fraction = milliseconds ? `.${String(local.getUTCMilliseconds()).padStart(3, '0')}` : '';
  return `${date} ${clock}${fraction} ${hours < 12 ? 'AM' : 'PM'}`;
}

/** A log line as text. */
export function renderLine(line: TaskLogLine, zone: string): string {
  return `${logTime(new Date(line.time), zone, true)}   ${line.status.padEnd(6)}   Thread-8   ${line.code} : ${line.message}`;
}
