import { join } from 'node:path';
import { provideTools } from '../private-servers/provide-tools.ts';
import { runProgram } from '../private-servers/run-program.ts';

/** A certificate and its key: paths of files. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateAuthority {
  /** The path of its own certificate. */
  readonly ca: string;
  /** @param host whom the certificate is for, a DNS name */
  issue(host: string): Promise<Certificate>;
}

/** Makes an authority that nobody believes who is not told to, with its files in `folder`. */
export async function makeAuthority(folder: string, name: string): Promise<CertificateAuthority> {
  const { openssl } = await provideTools({ openssl: 'openssl' });
  const make = async (what: string, subject: string, more: readonly string[]): Promise<Certificate> => {
    const made = { cert: join(folder, `${what}.pem`), key: join(folder, `${what}.key`) };
    const files = ['-keyout', made.key, '-out', made.cert];
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const { code, printed } = await runProgram(openssl, ['req', ...kind, '-subj', `/CN=${subject}`, ...files, ...more]);
    if (code !== 0) throw new Error(`openssl req failed:\n${printed}`);
    return made;
  };
  const own = await make(name, name, ['-addext', 'basicConstraints=critical,CA:TRUE']);
  let issued = 0;
  return {
    ca: own.cert,
    issue(host) {
      issued += 1;
      const usage = ['-addext', `subjectAltName=DNS:${host}`, '-addext', 'basicConstraints=critical,CA:FALSE'];
      return make(`${name}-${issued}`, host, ['-CA', own.cert, '-CAkey', own.key, ...usage]);
    },
  };
}
