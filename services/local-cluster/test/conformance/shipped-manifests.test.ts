import { expect } from 'chai';
import { Kubectl, kubectlBinaries } from './support/kubectl.js';
import { onEachTarget } from './support/on-each-target.js';

const namespaces = ['yamls/workload/ns.yaml', 'yamls/deploy/ns.yaml'];
const manifests = [
  'yamls/workload/dep1.yaml',
  'yamls/workload/dep2.yaml',
  'yamls/workload/dep3.yaml',
  'yamls/workload/dep4.yaml',
  'yamls/deploy/deploy-loop.yaml',
  'yamls/deploy/load-emulator.yaml',
];

for (const binary of await kubectlBinaries()) {
  onEachTarget(`kubectl ${binary.version}: the manifests that are shipped`, (cluster) => {
    let kubectl: Kubectl;
    // Older ones validate by the server's OpenAPI document alone, which they do without being told.
    const validate = Number(binary.version.split('.')[1]) >= 25 ? '--validate=strict' : '--validate=true';

    before(async () => {
      kubectl = new Kubectl(binary, cluster().kubeconfigPath);
      for (const file of namespaces) await kubectl.run(`apply -f ${file}`);
    });

    after(() => kubectl.dispose());

    for (const file of manifests) {
      it(`${file} is taken by the server, strictly and without a warning`, async () => {
        const { code, stderr } = await kubectl.try(`apply --dry-run=server ${validate} -f ${file}`);
        expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      });
    }

    it('yamls/workload can be applied as a folder, its namespace first', async () => {
      expect(await kubectl.run('apply --dry-run=client -f yamls/workload -o name')).to.match(/^namespace\/infer\n/);
    });
  });
}
