import { arch, platform } from 'node:process';

/** The answer to `GET /version`: the version whose behaviour is served. */
export const serverVersion = {
  major: '1',
  minor: '34',
  gitVersion: 'v1.34.4+inferno',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: `${platform}/${arch === 'x64' ? 'amd64' : arch}`,
};
