import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { noise } from '../pair-of-vaults.ts';

const run = promisify(execFile);

/** A program that writes zips, in each way that it has. `{}`: the folder of files; what it prints is the zip. */
export interface Writer {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** It tells that it is there. */
  readonly version: readonly string[];
}

const python = (streamed: boolean, more = ''): string[] => [
  '-c',
  `import zipfile,os,sys,io
out = sys.stdout.buffer if ${streamed ? 'True' : 'False'} else io.BytesIO()
class Pipe:
    def write(self, b): return out.write(b)
    def flush(self): out.flush()
z = zipfile.ZipFile(Pipe() if ${streamed ? 'True' : 'False'} else out, 'w', zipfile.ZIP_DEFLATED)
for i, n in enumerate(sorted(os.listdir('.'))):
    z.write(n, compress_type=[zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED][i % 2])
${more}
z.close()
if not ${streamed ? 'True' : 'False'}: sys.stdout.buffer.write(out.getvalue())`,
];

const JAVA = `
import java.io.*; import java.nio.file.*; import java.util.zip.*;
public class Zipper { public static void main(String[] a) throws Exception {
  ZipOutputStream zip = new ZipOutputStream(System.out);
  File[] files = new File(".").listFiles(); java.util.Arrays.sort(files);
  int i = 0;
  for (File f : files) {
    byte[] b = Files.readAllBytes(f.toPath());
    ZipEntry e = new ZipEntry(f.getName());
    if (i++ % 2 == 1) { e.setMethod(ZipEntry.STORED); e.setSize(b.length); CRC32 c = new CRC32(); c.update(b); e.setCrc(c.getValue()); }
    zip.putNextEntry(e); zip.write(b); zip.closeEntry();
  }
  zip.setComment("made for a test"); zip.close(); } }`;

const PYTHON_MORE = `import warnings; warnings.simplefilter('ignore')
with z.open(zipfile.ZipInfo('big'), 'w', force_zip64=True) as f: f.write(b'x' * 3000)
z.writestr('../up', b'h' * 500); z.writestr('/abs', b''); z.writestr('b.bin', b'twice' * 100); z.comment = b'a comment'`;

const info = (name: string, args: readonly string[]): Writer => ({
  name: `Info-ZIP, ${name}`,
  program: 'zip',
  args,
  version: ['-v'],
});
const py = (name: string, args: readonly string[]): Writer => ({
  name: `Python, ${name}`,
  program: 'python3',
  args,
  version: ['--version'],
});

/** `JAVA.java` stands for the path of the program above. */
export const WRITERS: readonly Writer[] = [
  // "cat" makes its output a pipe, in which it cannot go back to tell sizes.
  info('to a pipe', ['-qr', '-', '.']),
  info('stored, to a pipe', ['-q0r', '-', '.']),
  info('of 64 bits, to a pipe', ['-qr', '-fz', '-', '.']),
  info('encrypted, to a pipe', ['-qr', '-P', 'secret', '-', '.']),
  info('by bzip2', ['-qr', '-Z', 'bzip2', '-', '.']),
  py('to a file', python(false)),
  py('to a pipe', python(true)),
  py('with odd names', python(true, PYTHON_MORE)),
  {
    name: 'Java, java.util.zip',
    program: 'java',
    args: ['-XX:TieredStopAtLevel=1', 'JAVA.java'],
    version: ['-version'],
  },
  { name: 'Java, jar', program: 'jar', args: ['-c', '.'], version: ['--version'] },
];

/** Files as a package has them: texts, noise, an empty one, and a zip in itself where `inner` is one. */
export async function makeFiles(folder: string, change = 0): Promise<void> {
  await mkdir(folder, { recursive: true });
  const files: Record<string, Buffer> = {
    'a.json': Buffer.from(JSON.stringify(Array.from({ length: 2000 }, (_, i) => ({ name: `item ${i}`, change })))),
    'b.bin': noise(200_000, 7),
    'c.txt': Buffer.from(Array.from({ length: 3000 }, (_, i) => `line ${i * i} of a text\n`).join('')),
    'd.empty': Buffer.alloc(0),
    'e.bin': noise(700, 9),
    'f.txt': Buffer.from('short'),
    'g.bin': noise(90_000, 11),
  };
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
}

export const isThere = (writer: Writer): Promise<boolean> =>
  run(writer.program, [...writer.version]).then(
    () => true,
    () => false,
  );

/** Runs a writer in a folder of files; `scratch` is for its own program. */
export async function written(writer: Writer, folder: string, scratch: string): Promise<Buffer> {
  await writeFile(join(scratch, 'Zipper.java'), JAVA);
  const args = writer.args.map((arg) => (arg === 'JAVA.java' ? join(scratch, 'Zipper.java') : arg));
  const { stdout } = await run(writer.program, args, { cwd: folder, encoding: 'buffer', maxBuffer: 1e8 });
  return stdout;
}
