//! An Envoy as Istio would have its ingress gateway run it: the bootstrap for the documents that `dragoman render istio`
//! writes, and for nothing else. It reads what a control plane would, and knows what Istio's sources say it makes of that;
//! it is no Istio, and what the documents leave to the mesh (logs, above all) is filled in here.

use std::path::Path;

use serde_json::{Map, Value, json};

/// Telemetry's part: the receipt at the end of a line of JSON.
const LINE: &str = concat!(
    r#"{"time":"%START_TIME%","status":%RESPONSE_CODE%,"flags":"%RESPONSE_FLAGS%","details":"%RESPONSE_CODE_DETAILS%""#,
    "%FILTER_STATE(wasm.dragoman.receipt:PLAIN)%}\n",
);

/// The documents, each by itself.
pub(super) fn documents(text: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(text).unwrap_or_else(|error| panic!("{error} in what was rendered:\n{text}"))
}

/// Where the documents say that the module is.
pub(super) const IMAGE: &str = "registry.test/dragoman:1";

/// The bootstrap, with the module that the agent would have fetched. Clients connect at the Gateway's port, on loopback.
pub(super) fn bootstrap(documents: &[Value], module: &Path) -> Value {
    let of_kind = |kind: &'static str| documents.iter().filter(move |document| document["kind"] == kind);
    let mut plugins: Vec<&Value> = of_kind("WasmPlugin").collect();
    plugins.sort_by_key(|plugin| std::cmp::Reverse(plugin["spec"]["priority"].as_i64()));
    let mut filters: Vec<Value> = plugins.into_iter().map(|plugin| filter(plugin, module)).collect();
    filters.push(extension("envoy.filters.http.router", "envoy.extensions.filters.http.router.v3.Router", json!({})));
    let hosts: Vec<Value> = of_kind("VirtualService").flat_map(virtual_hosts).collect();
    let manager = json!({
        "stat_prefix": "outbound_0.0.0.0",
        "use_remote_address": true,
        "normalize_path": true,
        "preserve_external_request_id": true,
        "access_log": [extension("stdout", "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog", json!({
            "log_format": {"omit_empty_values": true, "text_format_source": {"inline_string": LINE}},
        }))],
        "http_filters": filters,
        "route_config": {"name": "http.gateway", "virtual_hosts": hosts},
    });
    let listener = |gateway: &Value| {
        let port = gateway["spec"]["servers"][0]["port"]["number"].as_u64().expect("a port");
        let port = u16::try_from(port).expect("a port");
        json!({
            "name": "gateway",
            "address": address("127.0.0.1", port),
            "filter_chains": [{"filters": [extension(
                "envoy.filters.network.http_connection_manager",
                "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                manager.clone(),
            )]}],
        })
    };
    let rule =
        |service: &Value| of_kind("DestinationRule").find(|rule| rule["spec"]["host"] == service["spec"]["hosts"][0]);
    let clusters =
        of_kind("ServiceEntry").map(|service| cluster(service, rule(service).expect("a rule for each service")));
    json!({"static_resources": {
        "listeners": of_kind("Gateway").map(listener).collect::<Vec<_>>(),
        "clusters": clusters.collect::<Vec<_>>(),
    }})
}

/// A plugin as a filter of its own. Istio gives no VM an id.
fn filter(plugin: &Value, module: &Path) -> Value {
    let spec = &plugin["spec"];
    let name = plugin["metadata"]["name"].as_str().expect("a name");
    assert_eq!(spec["url"], format!("oci://{IMAGE}"), "the agent fetches what it was told to");
    let env = spec["vmConfig"]["env"].as_array().into_iter().flatten();
    let from_host = |entry: &Value| (entry["valueFrom"] == "HOST").then(|| entry["name"].clone());
    extension(
        name,
        "envoy.extensions.filters.http.wasm.v3.Wasm",
        json!({"config": {
            "name": format!("istio-system.{name}"),
            "failure_policy": match spec["failStrategy"].as_str() {
                Some("FAIL_CLOSE") => "FAIL_CLOSED",
                other => panic!("{name} fails by {other:?}"),
            },
            "configuration": any("google.protobuf.StringValue", json!({"value": spec["pluginConfig"].to_string()})),
            "vm_config": {
                "runtime": "envoy.wasm.runtime.v8",
                "code": {"local": {"filename": module}},
                "environment_variables": {
                    "host_env_keys": env.filter_map(from_host).collect::<Vec<_>>(),
                },
            },
        }}),
    )
}

/// The virtual hosts of a gateway's routes.
fn virtual_hosts(service: &Value) -> Vec<Value> {
    let spec = &service["spec"];
    let routes: Vec<Value> = spec["http"].as_array().expect("routes").iter().map(route).collect();
    let hosts = spec["hosts"].as_array().expect("hosts").iter().map(|host| host.as_str().expect("a host"));
    let virtual_host = |host| json!({"name": host, "domains": [host, format!("{host}:*")], "routes": routes});
    hosts.map(virtual_host).collect()
}

fn route(route: &Value) -> Value {
    let matches = route["match"][0]["headers"].as_object().expect("headers to match");
    let header = |(name, value): (&String, &Value)| json!({"name": name, "string_match": {"exact": value["exact"]}});
    let destination = &route["route"][0]["destination"];
    let mut action = json!({
        "cluster": cluster_name(destination["host"].as_str().expect("a host"), &destination["port"]["number"]),
        "timeout": route["timeout"],
    });
    let retries = &route["retries"];
    if retries["attempts"] != json!(0) {
        action["retry_policy"] = json!({
            "num_retries": retries["attempts"],
            "retry_on": retries["retryOn"],
            "per_try_timeout": retries["perTryTimeout"],
            "host_selection_retry_max_attempts": 5,
            "retry_host_predicate": [extension(
                "envoy.retry_host_predicates.previous_hosts",
                "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate",
                json!({}),
            )],
        });
    }
    json!({
        "name": route["name"],
        "match": {"prefix": "/", "headers": matches.iter().map(header).collect::<Vec<_>>()},
        "request_headers_to_remove": route["headers"]["request"]["remove"],
        "route": action,
    })
}

fn cluster(service: &Value, rule: &Value) -> Value {
    let (spec, policy) = (&service["spec"], &rule["spec"]["trafficPolicy"]);
    let number = &spec["ports"][0]["number"];
    let name = cluster_name(spec["hosts"][0].as_str().expect("a host"), number);
    let port = u16::try_from(number.as_u64().expect("a port")).expect("a port");
    let target = spec["endpoints"][0]["address"].as_str().expect("an address");
    let mut cluster = json!({
        "name": name,
        "type": match spec["resolution"].as_str() {
            Some("STATIC") => "STATIC",
            Some("DNS") => "STRICT_DNS",
            other => panic!("{name} is found by {other:?}"),
        },
        "dns_lookup_family": "V4_ONLY",
        "connect_timeout": policy["connectionPool"]["tcp"]["connectTimeout"],
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(target, port)}}]}],
        },
    });
    if let Some(socket) = transport_socket(&policy["tls"]) {
        cluster["transport_socket"] = socket;
    }
    cluster
}

fn transport_socket(tls: &Value) -> Option<Value> {
    let mut common = Map::new();
    match tls["mode"].as_str() {
        Some("DISABLE") => return None,
        Some("SIMPLE") => {}
        Some("MUTUAL") => {
            let file = |name: &str| json!({"filename": tls[name]});
            let certificate =
                json!([{"certificate_chain": file("clientCertificate"), "private_key": file("privateKey")}]);
            common.insert("tls_certificates".to_owned(), certificate);
        }
        other => panic!("{other:?} is no way to speak TLS"),
    }
    if tls["insecureSkipVerify"] != true {
        let names = tls["subjectAltNames"].as_array().expect("names to verify");
        let exact = |name: &Value| json!({"exact": name});
        let context = json!({
            "trusted_ca": {"filename": tls["caCertificates"]},
            "match_subject_alt_names": names.iter().map(exact).collect::<Vec<_>>(),
        });
        common.insert("validation_context".to_owned(), context);
    }
    let mut context = json!({"common_tls_context": common});
    if !tls["sni"].is_null() {
        context["sni"] = tls["sni"].clone();
    }
    let kind = "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";
    Some(extension("envoy.transport_sockets.tls", kind, context))
}

fn cluster_name(host: &str, port: &Value) -> String {
    format!("outbound|{port}||{host}")
}

fn address(host: &str, port: u16) -> Value {
    json!({"socket_address": {"address": host, "port_value": port}})
}

fn any(kind: &str, mut config: Value) -> Value {
    config["@type"] = json!(format!("type.googleapis.com/{kind}"));
    config
}

fn extension(name: &str, kind: &str, config: Value) -> Value {
    json!({"name": name, "typed_config": any(kind, config)})
}
