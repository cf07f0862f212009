-- CreateTable
CREATE TABLE "model_aliases" (
    "model_id" TEXT NOT NULL,
    "alias" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "model_aliases_pkey" PRIMARY KEY ("model_id","alias")
);

-- CreateTable
CREATE TABLE "model_alias_targets" (
    "model_id" TEXT NOT NULL,
    "alias" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "weight" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "model_alias_targets_pkey" PRIMARY KEY ("model_id","alias","version")
);

-- CreateIndex
CREATE INDEX "model_alias_targets_model_id_version_idx" ON "model_alias_targets"("model_id", "version");

-- AddForeignKey
ALTER TABLE "model_aliases" ADD CONSTRAINT "model_aliases_model_id_fkey" FOREIGN KEY ("model_id") REFERENCES "models"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "model_alias_targets" ADD CONSTRAINT "model_alias_targets_model_id_alias_fkey" FOREIGN KEY ("model_id", "alias") REFERENCES "model_aliases"("model_id", "alias") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "model_alias_targets" ADD CONSTRAINT "model_alias_targets_model_id_version_fkey" FOREIGN KEY ("model_id", "version") REFERENCES "model_versions"("model_id", "version") ON DELETE NO ACTION ON UPDATE CASCADE;

-- Whoever remembers which version a name stands for hears that it may be another one, once a transaction, when it is committed.
CREATE FUNCTION "notify_models_changed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('models_changed', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER "models_changed" AFTER INSERT OR UPDATE OR DELETE ON "model_versions" FOR EACH STATEMENT EXECUTE FUNCTION "notify_models_changed"();
CREATE TRIGGER "models_changed" AFTER INSERT OR UPDATE OR DELETE ON "model_aliases" FOR EACH STATEMENT EXECUTE FUNCTION "notify_models_changed"();
CREATE TRIGGER "models_changed" AFTER INSERT OR UPDATE OR DELETE ON "model_alias_targets" FOR EACH STATEMENT EXECUTE FUNCTION "notify_models_changed"();
