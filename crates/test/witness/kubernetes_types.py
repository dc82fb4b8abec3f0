"""Writes crates/emulator/src/cluster/api/types.txt from Kubernetes' own OpenAPI documents.

usage: kubernetes_types.py <k8s.io/kubernetes>/api/openapi-spec/v3 > types.txt

A line a type: its name, then its fields. `!` after a field's name: required. Then `=` and the type: s string, i int32,
l int64, n number, b boolean, t time, y bytes, x integer or string, q quantity, * anything, `[T` list, `{T` map, else a
type's name. Then `;map=` keys or `;set` (lists), `;atomic` (maps), `;patch=` key of a strategic merge (empty: a merge of
scalars), `;replace`-like strategies `;keys`, `;default=`. A type whose line begins with `%` is replaced as a whole by appliers.
"""
import json, sys, glob, os
KINDS = ["api__v1", "admissionregistration.k8s.io__v1", "apiextensions.k8s.io__v1", "apiregistration.k8s.io__v1", "apps__v1",
         "autoscaling__v1", "autoscaling__v2", "batch__v1", "certificates.k8s.io__v1", "coordination.k8s.io__v1", "discovery.k8s.io__v1",
         "events.k8s.io__v1", "flowcontrol.apiserver.k8s.io__v1", "networking.k8s.io__v1", "node.k8s.io__v1", "policy__v1",
         "rbac.authorization.k8s.io__v1", "scheduling.k8s.io__v1", "storage.k8s.io__v1", "authentication.k8s.io__v1", "authorization.k8s.io__v1"]
PRE = [("io.k8s.apimachinery.pkg.apis.meta.v1.", "meta."), ("io.k8s.apimachinery.pkg.apis.", ""), ("io.k8s.api.", ""),
       ("io.k8s.apiextensions-apiserver.pkg.apis.", ""), ("io.k8s.kube-aggregator.pkg.apis.", "")]
SPECIAL = {"meta.Time": "t", "meta.MicroTime": "t", "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "x",
           "io.k8s.apimachinery.pkg.api.resource.Quantity": "q", "io.k8s.apimachinery.pkg.runtime.RawExtension": "*", "meta.FieldsV1": "*",
           "apiextensions.v1.JSON": "*", "apiextensions.v1.JSONSchemaPropsOrBool": "*", "apiextensions.v1.JSONSchemaPropsOrArray": "*",
           "apiextensions.v1.JSONSchemaPropsOrStringArray": "*", "apiextensions.v1.JSONSchemaProps": "*", "io.k8s.apimachinery.pkg.version.Info": "*"}
def short(n):
    for a, b in PRE:
        if n.startswith(a): n = b + n[len(a):]; break
    return SPECIAL.get(n, n)
def ref(s):
    r = s.get("$ref") or (s.get("allOf") or [{}])[0].get("$ref")
    return short(r.rsplit("/", 1)[1]) if r else None
def typ(s):
    r = ref(s)
    if r: return r
    t = s.get("type")
    if t == "string": return {"date-time": "t", "byte": "y"}.get(s.get("format"), "s")
    if t == "integer": return "l" if s.get("format") == "int64" else "i"
    if t == "number": return "n"
    if t == "boolean": return "b"
    if t == "array": return "[" + typ(s["items"])
    if t == "object" and "additionalProperties" in s: return "{" + typ(s["additionalProperties"])
    return "*"
out = {}
for k in KINDS:
    f = os.path.join(sys.argv[1], ("apis__" + k if not k.startswith("api__") else k) + "_openapi.json")
    doc = json.load(open(f))
    for name, s in doc["components"]["schemas"].items():
        n = short(name)
        if n in ("t", "x", "q", "*") or n.endswith("List") and "items" in s.get("properties", {}): continue
        words = []
        for p, d in sorted(s.get("properties", {}).items()):
            w = p + ("!" if p in s.get("required", []) else "") + "=" + typ(d)
            lt = d.get("x-kubernetes-list-type")
            if lt == "map": w += ";map=" + ",".join(d["x-kubernetes-list-map-keys"])
            if lt == "set": w += ";set"
            if d.get("x-kubernetes-map-type") == "atomic": w += ";atomic"
            st = d.get("x-kubernetes-patch-strategy", "")
            if "merge" in st: w += ";patch=" + d.get("x-kubernetes-patch-merge-key", "")
            if "retainKeys" in st: w += ";keys"
            if "default" in d and not isinstance(d["default"], (dict, list)) and d["default"] not in ("", 0, False): w += ";default=" + str(d["default"])
            words.append(w)
        out[n] = ("%" if s.get("x-kubernetes-map-type") == "atomic" else "") + n + "".join(" " + w for w in words)
reach = set()
def go(n):
    n = n.lstrip("[{")
    if n in reach or n not in out: return
    reach.add(n)
    for w in out[n].split(" ")[1:]: go(w.split("=", 1)[1].split(";")[0])
for n in list(out):
    f = out[n]
    if " kind=s" in f and " apiVersion=s" in f and "metadata" in f: go(n)
print("# Kubernetes 1.36: fields of the built-in kinds. Written by crates/test/witness/kubernetes_types.py; never by hand.")
for n in sorted(reach): print(out[n])
