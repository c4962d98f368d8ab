import checking from './checking';
import manifests from './manifests';

export default [checking, manifests];
