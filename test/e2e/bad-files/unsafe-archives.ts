/** Archives that reach out of their own folder. */
import { entry, tar, zip } from '../../support/archives.ts';
import { png, tarType, zipType, type BadFile } from './bad-file.ts';

export const unsafeArchives: readonly BadFile[] = [
  [
    'a zip with a path upwards',
    zipType,
    () => zip([entry('../x.png', png)]),
    [null, null, 'unsafe_path', "expected names below the archive's own folder, got another: "],
  ],
  [
    'a tar with a path upwards',
    tarType,
    () => tar([entry('a/../../x.png', png)]),
    [null, null, 'unsafe_path', `expected names below the archive's own folder, got "a/../../x.png"`],
  ],
  [
    'a tar with a path from the root',
    tarType,
    () => tar([entry('/etc/x.png', png)]),
    [null, null, 'unsafe_path', `expected names below the archive's own folder, got "/etc/x.png"`],
  ],
  [
    'a zip with a symbolic link',
    zipType,
    () => zip([{ ...entry('a.png', '/etc/passwd'), mode: 0o120777 }]),
    [null, null, 'symbolic_link', 'expected files, got a symbolic link: "a.png"'],
  ],
  [
    'a tar with a symbolic link',
    tarType,
    () => tar([{ ...entry('a.png', ''), link: '/etc/passwd' }]),
    [null, null, 'symbolic_link', 'expected files, got a link: "a.png"'],
  ],
];
