package main

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

func (p *provider) GetMetadata(context.Context, *tfprotov5.GetMetadataRequest) (*tfprotov5.GetMetadataResponse, error) {
	return &tfprotov5.GetMetadataResponse{}, nil
}

func (p *provider) GetProviderSchema(context.Context, *tfprotov5.GetProviderSchemaRequest) (*tfprotov5.GetProviderSchemaResponse, error) {
	return &tfprotov5.GetProviderSchemaResponse{
		Provider: p.own.proto(), ResourceSchemas: protos(p.resources), DataSourceSchemas: protos(p.data),
	}, nil
}

func (p *provider) PrepareProviderConfig(_ context.Context, r *tfprotov5.PrepareProviderConfigRequest) (*tfprotov5.PrepareProviderConfigResponse, error) {
	return &tfprotov5.PrepareProviderConfigResponse{PreparedConfig: r.Config}, nil
}

func (p *provider) ConfigureProvider(context.Context, *tfprotov5.ConfigureProviderRequest) (*tfprotov5.ConfigureProviderResponse, error) {
	return &tfprotov5.ConfigureProviderResponse{}, nil
}

func (p *provider) StopProvider(context.Context, *tfprotov5.StopProviderRequest) (*tfprotov5.StopProviderResponse, error) {
	return &tfprotov5.StopProviderResponse{}, nil
}

func (p *provider) ValidateResourceTypeConfig(context.Context, *tfprotov5.ValidateResourceTypeConfigRequest) (*tfprotov5.ValidateResourceTypeConfigResponse, error) {
	return &tfprotov5.ValidateResourceTypeConfigResponse{}, nil
}

// UpgradeResourceState takes the state as this schema wrote it.
func (p *provider) UpgradeResourceState(_ context.Context, r *tfprotov5.UpgradeResourceStateRequest) (*tfprotov5.UpgradeResourceStateResponse, error) {
	kind := p.resources[r.TypeName].proto().ValueType()
	value, err := r.RawState.Unmarshal(kind)
	if err != nil {
		return &tfprotov5.UpgradeResourceStateResponse{Diagnostics: failed(err)}, nil
	}
	state, err := tfprotov5.NewDynamicValue(kind, value)
	return &tfprotov5.UpgradeResourceStateResponse{UpgradedState: &state, Diagnostics: failed(err)}, nil
}

// ReadResource finds everything as it was left.
func (p *provider) ReadResource(_ context.Context, r *tfprotov5.ReadResourceRequest) (*tfprotov5.ReadResourceResponse, error) {
	return &tfprotov5.ReadResourceResponse{NewState: r.CurrentState}, nil
}

// replaces names what the provider can only change by making another resource, where the stacks guard against that.
// Source: ForceNew in the provider's resource_kubernetes_cluster.go, kubernetes.go and resource_database_cluster.go.
var replaces = map[string][]*tftypes.AttributePath{
	"digitalocean_kubernetes_cluster": {
		tftypes.NewAttributePath().WithAttributeName("region"),
		tftypes.NewAttributePath().WithAttributeName("node_pool").WithElementKeyInt(0).WithAttributeName("size"),
	},
	"digitalocean_database_cluster": {tftypes.NewAttributePath().WithAttributeName("name")},
}

// replaced says which of them differ between two states.
func replaced(name string, before, after tftypes.Value) (paths []*tftypes.AttributePath) {
	for _, path := range replaces[name] {
		was, _, e1 := tftypes.WalkAttributePath(before, path)
		is, _, e2 := tftypes.WalkAttributePath(after, path)
		old, ok1 := was.(tftypes.Value)
		new, ok2 := is.(tftypes.Value)
		if e1 == nil && e2 == nil && ok1 && ok2 && !old.Equal(new) {
			paths = append(paths, path)
		}
	}
	return paths
}

// PlanResourceChange keeps what was computed before and leaves the rest unknown.
func (p *provider) PlanResourceChange(_ context.Context, r *tfprotov5.PlanResourceChangeRequest) (*tfprotov5.PlanResourceChangeResponse, error) {
	out := &tfprotov5.PlanResourceChangeResponse{UnsafeToUseLegacyTypeSystem: true} //nolint:staticcheck
	kind := p.resources[r.TypeName].proto().ValueType()
	before, err := r.PriorState.Unmarshal(kind)
	if err != nil {
		out.Diagnostics = failed(err)
		return out, nil
	}
	if before.IsNull() {
		out.PlannedState, err = p.resources[r.TypeName].filled(r.ProposedNewState, "", false)
	} else {
		// What is there keeps what was made of it.
		out.PlannedState = r.ProposedNewState
		var after tftypes.Value
		if after, err = r.ProposedNewState.Unmarshal(kind); err == nil && !after.IsNull() {
			out.RequiresReplace = replaced(r.TypeName, before, after)
		}
	}
	out.Diagnostics = failed(err)
	return out, nil
}

// ApplyResourceChange makes what was unknown of the resource's own arguments.
func (p *provider) ApplyResourceChange(_ context.Context, r *tfprotov5.ApplyResourceChangeRequest) (*tfprotov5.ApplyResourceChangeResponse, error) {
	kind := p.resources[r.TypeName].proto().ValueType()
	seed := r.TypeName
	if value, err := r.Config.Unmarshal(kind); err == nil {
		seed += value.String()
	}
	state, err := p.resources[r.TypeName].filled(r.PlannedState, seed, true)
	return &tfprotov5.ApplyResourceChangeResponse{NewState: state, Diagnostics: failed(err), UnsafeToUseLegacyTypeSystem: true}, nil //nolint:staticcheck
}

func (p *provider) ImportResourceState(context.Context, *tfprotov5.ImportResourceStateRequest) (*tfprotov5.ImportResourceStateResponse, error) {
	return &tfprotov5.ImportResourceStateResponse{}, nil
}

func (p *provider) MoveResourceState(context.Context, *tfprotov5.MoveResourceStateRequest) (*tfprotov5.MoveResourceStateResponse, error) {
	return &tfprotov5.MoveResourceStateResponse{}, nil
}

func (p *provider) UpgradeResourceIdentity(context.Context, *tfprotov5.UpgradeResourceIdentityRequest) (*tfprotov5.UpgradeResourceIdentityResponse, error) {
	return &tfprotov5.UpgradeResourceIdentityResponse{}, nil
}

func (p *provider) GetResourceIdentitySchemas(context.Context, *tfprotov5.GetResourceIdentitySchemasRequest) (*tfprotov5.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov5.GetResourceIdentitySchemasResponse{}, nil
}

func (p *provider) GenerateResourceConfig(context.Context, *tfprotov5.GenerateResourceConfigRequest) (*tfprotov5.GenerateResourceConfigResponse, error) {
	return &tfprotov5.GenerateResourceConfigResponse{}, nil
}

func (p *provider) ValidateDataSourceConfig(context.Context, *tfprotov5.ValidateDataSourceConfigRequest) (*tfprotov5.ValidateDataSourceConfigResponse, error) {
	return &tfprotov5.ValidateDataSourceConfigResponse{}, nil
}

func (p *provider) ReadDataSource(_ context.Context, r *tfprotov5.ReadDataSourceRequest) (*tfprotov5.ReadDataSourceResponse, error) {
	state, err := p.data[r.TypeName].filled(r.Config, r.TypeName, true)
	return &tfprotov5.ReadDataSourceResponse{State: state, Diagnostics: failed(err)}, nil
}

func (p *provider) GetFunctions(context.Context, *tfprotov5.GetFunctionsRequest) (*tfprotov5.GetFunctionsResponse, error) {
	return &tfprotov5.GetFunctionsResponse{Functions: map[string]*tfprotov5.Function{}}, nil
}

func (p *provider) CallFunction(context.Context, *tfprotov5.CallFunctionRequest) (*tfprotov5.CallFunctionResponse, error) {
	return &tfprotov5.CallFunctionResponse{Result: nil}, nil
}

func (p *provider) ValidateEphemeralResourceConfig(context.Context, *tfprotov5.ValidateEphemeralResourceConfigRequest) (*tfprotov5.ValidateEphemeralResourceConfigResponse, error) {
	return &tfprotov5.ValidateEphemeralResourceConfigResponse{}, nil
}

func (p *provider) OpenEphemeralResource(context.Context, *tfprotov5.OpenEphemeralResourceRequest) (*tfprotov5.OpenEphemeralResourceResponse, error) {
	return &tfprotov5.OpenEphemeralResourceResponse{}, nil
}

func (p *provider) RenewEphemeralResource(context.Context, *tfprotov5.RenewEphemeralResourceRequest) (*tfprotov5.RenewEphemeralResourceResponse, error) {
	return &tfprotov5.RenewEphemeralResourceResponse{}, nil
}

func (p *provider) CloseEphemeralResource(context.Context, *tfprotov5.CloseEphemeralResourceRequest) (*tfprotov5.CloseEphemeralResourceResponse, error) {
	return &tfprotov5.CloseEphemeralResourceResponse{}, nil
}
