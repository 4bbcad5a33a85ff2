import { type Diagnostic, type Model, placeKey, problem, type Survey } from '@pipewright/plugin';
import { placeMadeBy } from '../diff/graph.js';
import { errors } from '../errors.js';

/** Nodes that are not ours to make must be there; what may not be entered is told with the survey's reason. */
export function checkNodes({ nodes }: Pick<Model, 'nodes'>, survey: Survey): readonly Diagnostic[] {
  const found = new Map(survey.nodes.map((it) => [it.name, it]));
  const made = new Set(survey.actual.map(placeMadeBy));
  return nodes.flatMap((node): readonly Diagnostic[] => {
    const it = found.get(node.name);
    if (it && (it.state === 'absent' ? !node.managed : it.state === 'refused' || it.fault))
      return [problem(it.fault ?? errors.nodeAbsent(node.name, node.kind), node.path)];
    if (it?.state === 'present' && node.managed && !made.has(placeKey(node.on)))
      return [problem(errors.nodeTaken(node.name, node.kind), node.path)];
    // One that we make is in a namespace of its own as soon as it is made as declared.
    const its = [...(node.nics.length > 0 ? ['networks', 'links'] : []), ...(node.configures ?? [])];
    if (it?.same !== undefined && its.length > 0 && !node.managed)
      return [problem(errors.sameNamespace(node.name, it.same, its), node.path)];
    return [];
  });
}
