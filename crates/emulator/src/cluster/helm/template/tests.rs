//! Templates and what they become.

use super::render;
use serde_json::json;

fn one(text: &str) -> Result<String, String> {
    let helpers = "{{- define \"full\" -}}\n{{ printf \"%s-%s\" .Release.Name .Chart.Name | trunc 63 | trimSuffix \"-\" }}\n{{- end -}}\n{{ define \"labels\" }}app: {{ include \"full\" . }}\ntier: {{ .Values.tier | default \"web\" | quote }}{{ end }}";
    let files =
        [("templates/_helpers.tpl".to_owned(), helpers.to_owned()), ("templates/x.yaml".to_owned(), text.to_owned())].into();
    let data = json!({
        "Release": { "Name": "r", "Namespace": "n" }, "Chart": { "Name": "c", "Version": "1.0.0" },
        "Values": { "replicas": 2, "on": true, "off": false, "none": null, "env": { "B": "2", "A": "x y" }, "list": [{ "n": "a" }, { "n": "b" }], "big": 1048576, "text": "a\nb" },
    });
    render("c", &files, &data).map(|mut all| all.remove(0).1)
}

#[test]
fn templates_become_text() {
    let cases = [
        ("n: {{ .Values.replicas }}", "n: 2"),
        ("l:\n  {{- include \"labels\" . | nindent 2 }}", "l:\n  app: r-c\n  tier: \"web\""),
        ("{{ if and .Values.on (not .Values.off) }}a{{ else if .Values.off }}b{{ else }}c{{ end }}", "a"),
        ("{{ if .Values.missing }}a{{ else }}b{{ end }}", "b"),
        ("{{- range .Values.list }}\n- {{ .n }}{{ $.Values.replicas }}\n{{- end }}", "\n- a2\n- b2"),
        ("{{ range $k, $v := .Values.env }}{{ $k }}={{ $v | quote }};{{ end }}", "A=\"x y\";B=\"2\";"),
        (
            "{{ range $i, $e := .Values.list }}{{ $i }}{{ $e.n }}{{ else }}none{{ end }}{{ range .Values.none }}x{{ else }}empty{{ end }}",
            "0a1bempty",
        ),
        ("{{ with .Values.env }}{{ .B }}{{ end }}{{ with .Values.none }}x{{ else }}y{{ end }}", "2y"),
        ("{{ toYaml .Values.env | indent 2 }}", "  A: x y\n  B: \"2\""),
        ("{{- $x := 1 -}}{{ if .Values.on }}{{ $x = 5 }}{{ end }}{{ $x }}", "5"),
        ("a {{- /* a comment }} */ -}} b", "ab"),
        ("{{ eq .Values.replicas 2 }} {{ ne \"a\" \"b\" }} {{ gt 3 2 }} {{ or .Values.none \"z\" }}", "true true true z"),
        (
            "{{ .Values.missing }}|{{ quote .Values.none }}|{{ ternary 1 2 .Values.on }}|{{ len .Values.list }}|{{ .Values.big | int }}",
            "||1|2|1048576",
        ),
        (
            "{{ dict \"a\" 1 \"b\" (list 1 2) | toJson }} {{ index .Values.list 1 \"n\" }} {{ (index .Values.list 0).n }}",
            "{\"a\":1,\"b\":[1,2]} b a",
        ),
        (
            "{{ printf \"%03d %q %-4s|\" 7 \"q\" \"ab\" }} {{ \"x\" | b64enc }} {{ .Values.text | nindent 1 }}",
            "007 \"q\" ab  | eA== \n a\n b",
        ),
        ("{{ `raw {{ text }}` }}", "raw {{ text }}"),
        ("{{ if .Capabilities.APIVersions.Has \"x/v1\" }}a{{ else }}b{{ end }}", "b"),
    ];
    for (template, want) in cases {
        assert_eq!(one(template).as_deref(), Ok(want), "{template}");
    }
}

#[test]
fn what_a_template_cannot_do_is_said() {
    let cases = [
        ("a\n{{ tpl .Values.x . }}", "parse error at (c/templates/x.yaml:2): function \"tpl\" not defined"),
        (
            "{{ .Values.none.x }}",
            "template: c/templates/x.yaml: line 1: at <.Values.none.x>: nil pointer evaluating interface {}.x",
        ),
        (
            "{{ required \"a host is needed\" .Values.host }}",
            "template: c/templates/x.yaml: line 1: error calling required: a host is needed",
        ),
        ("{{ fail \"no\" }}", "template: c/templates/x.yaml: line 1: error calling fail: no"),
        (
            "{{ include \"nobody\" . }}",
            "template: c/templates/x.yaml: line 1: error calling include: template: no template \"nobody\" associated with template \"gotpl\"",
        ),
        ("{{ if .Values.on }}", "parse error at (c/templates/x.yaml:1): unexpected EOF in if"),
        ("{{ .Values.on", "parse error at (c/templates/x.yaml:1): unclosed action"),
        ("{{ end }}", "parse error at (c/templates/x.yaml:1): unexpected {{end}}"),
    ];
    for (template, want) in cases {
        assert_eq!(one(template), Err(want.to_owned()), "{template}");
    }
}
