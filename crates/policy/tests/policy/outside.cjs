// Reads cases as JSON, one a line, and prints what an evaluator of somebody else's says of each.
const { runUnsafeSimulation } = require('@cloud-copilot/iam-simulate')
const lines = require('fs').readFileSync(0, 'utf8').split('\n').filter(Boolean)
const named = (policies) => policies.map((policy, place) => ({ name: `P${place}`, policy }))
for (const line of lines) {
  const { identity, boundary, control, action, resource, principal, context } = JSON.parse(line)
  try {
    console.log(runUnsafeSimulation({
      request: { principal, action, resource: { resource, accountId: '123456789012' }, contextVariables: context },
      identityPolicies: named(identity),
      permissionBoundaryPolicies: boundary ? named([boundary]) : undefined,
      serviceControlPolicies: control ? [{ orgIdentifier: 'o-1', policies: named([control]) }] : [],
      resourceControlPolicies: [],
    }, {}))
  } catch (error) {
    console.log(`error ${error.message}`.replaceAll('\n', ' '))
  }
}
