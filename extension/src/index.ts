import manifests from './manifests';

export default [manifests];
